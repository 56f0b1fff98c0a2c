"""The dashboard: how issues went, and who the audience is. It reads the lake and changes nothing.

Run it with `make dashboard`.
"""

import sys
from pathlib import Path

import streamlit as st

# Streamlit runs this file by its path, so the project's folder is not importable by itself
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dashboards.views import audience, issues

st.set_page_config(page_title="Pressrun", page_icon="📰", layout="wide")
st.navigation(
    [
        st.Page(issues.show, title="Issues", icon="📰", url_path="issues", default=True),
        st.Page(audience.show, title="Audience", icon="👥", url_path="audience"),
    ]
).run()
