"""The site's zone of migration.toml goes before the profile's own, and changes the digest's use."""

from migrate.core.profiles.load import load_profile
from migrate.plugins import profile_library


def test_the_site_goes_before_the_profile() -> None:
    library = profile_library(None)
    own = load_profile("riverbend-csv", library, None)
    site = load_profile("riverbend-csv", library, None, site_timezone="America/Denver")
    assert own.timezone == "America/Chicago"
    assert site.timezone == "America/Denver"
    assert site.rule("encounter") != own.rule("encounter")
