"""Checks that look beyond the text of an issue: at the web, at DNS, at earlier issues, at who would get it.

    look_around(settings, ledger, rendered, wanted: Wanted, now) -> Around: what was found, and what was not looked at

What is asked of the network is off unless it was asked for; nothing here decides whether an issue goes out, except
that errors among the findings keep it back like any other.
"""

from pressrun.checks.around import Around, Wanted, look_around

__all__ = ["Around", "Wanted", "look_around"]
