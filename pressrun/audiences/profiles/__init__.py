"""One file for each kind of export that is recognised; adding one is adding a file with a PROFILE."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from pressrun.audiences.profile import Profile


@cache
def all_profiles() -> dict[str, Profile]:
    """Give every profile in this folder by its source."""
    modules = (import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))
    profiles: list[Profile] = [module.PROFILE for module in modules]
    return {profile.source: profile for profile in sorted(profiles, key=lambda profile: profile.source)}
