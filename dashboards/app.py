"""The dashboard: how issues went, who the audience is, what is being written. It reads and changes nothing.

Run it with `make dashboard`.
"""

import sys
from pathlib import Path

import streamlit as st

# Streamlit runs this file by its path, so the project's folder is not importable by itself
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dashboards.privacy import stop_if_open_to_all
from dashboards.views import audience, imports, issues, write

st.set_page_config(page_title="Pressrun", page_icon="📰", layout="wide")
stop_if_open_to_all(str(st.get_option("server.address")))
st.navigation(
    [
        st.Page(issues.show, title="Issues", url_path="issues", default=True),
        st.Page(audience.show, title="Audience", url_path="audience"),
        st.Page(imports.show, title="Imports", url_path="imports"),
        st.Page(write.show, title="Write", url_path="write"),
    ],
    position="top",
).run()
