"""The pages a reader sees: plain, self-contained, and saying nothing about anybody."""

from html import escape

_STYLE = """
:root { color-scheme: light dark; --ink: #26221d; --soft: #645b4e; --paper: #f3efe7; --card: #fffdf9; --accent: #9c2b12;
  --on: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --ink: #ece5da; --soft: #b3a899; --paper: #141210; --card: #1f1c19;
  --accent: #ff9d7f; --on: #1b100c; } }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--paper); color: var(--ink);
  font: 18px/1.6 Charter, Cambria, Georgia, serif; }
main { background: var(--card); max-width: 30rem; margin: 24px; padding: 40px 36px; border-radius: 14px;
  border-top: 4px solid var(--accent); box-shadow: 0 2px 24px rgb(0 0 0 / 8%); }
h1 { font: 700 26px/1.25 'Avenir Next', 'Segoe UI', system-ui, sans-serif; margin: 0 0 12px; }
p { margin: 0 0 18px; } p.soft { color: var(--soft); font-size: 15px; margin: 0; }
button { font: 600 17px/1 'Avenir Next', 'Segoe UI', system-ui, sans-serif; color: var(--on); background: var(--accent);
  border: 0; border-radius: 9px; padding: 15px 26px; cursor: pointer; margin: 4px 0 22px; }
button:focus-visible { outline: 3px solid var(--ink); outline-offset: 3px; }
"""


def ask() -> str:
    """Ask whether to unsubscribe; looking at this page changes nothing."""
    return _page(
        "Unsubscribe?",
        "<p>One press of the button, and this newsletter will not be mailed to you again.</p>"
        "<form method='post'><button>Unsubscribe</button></form>"
        "<p class='soft'>Nothing changes unless you press it: looking at this page does nothing.</p>",
    )


def done() -> str:
    """Say that it is done."""
    return _page(
        "You are unsubscribed",
        "<p>This newsletter will not be mailed to you again.</p>"
        "<p class='soft'>A mail that left before this moment may still arrive. To come back, sign up again.</p>",
    )


def unknown() -> str:
    """Say that a link is not one of ours."""
    return _page(
        "This link is not complete",
        "<p>Perhaps your mail program broke it in two. Copy the whole link from the mail, or answer the mail and ask "
        "to be unsubscribed.</p>",
    )


def not_now() -> str:
    """Say that it could not be kept."""
    return _page(
        "Please try again in a minute",
        "<p>Your wish could not be kept safely just now, so nothing was changed.</p>"
        "<form method='post'><button>Try again</button></form>",
    )


def _page(title: str, body: str) -> str:
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        "<meta name='robots' content='noindex'><link rel='icon' href='data:,'>"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
