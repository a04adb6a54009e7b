"""Settings: four layers, one frozen record, and clear words for what is wrong."""

from __future__ import annotations

import pytest

from mediaparser_core import settings
from mediaparser_core.errors import SettingsError


def test_the_later_layer_wins_and_says_so(tmp_path):
    (tmp_path / "mediaparser.toml").write_text('earliest_year = 1900\nworkers = 3\n[export]\nname = "{year}/{name}"\n')
    loaded = settings.load(tmp_path, environ={"MEDIAPARSER_WORKERS": "4", "TZ": "UTC"}, options={"earliest_year": 1950})
    assert (loaded.earliest_year, loaded.workers, loaded.export.name) == (1950, 4, "{year}/{name}")
    assert loaded.origins["earliest_year"] == "option"
    assert loaded.origins["workers"] == "environment"
    assert loaded.origins["export.name"] == "file"
    assert loaded.origins["error_limit"] == "default"


def test_the_export_may_be_elsewhere(tmp_path):
    assert settings.load(tmp_path, environ={}).export_path == tmp_path / "export"
    loaded = settings.load(tmp_path, environ={"MEDIAPARSER_EXPORT_PATH": "/mnt/nas/photos"})
    assert str(loaded.export_path) == "/mnt/nas/photos"


def test_plugins_have_tables_of_their_own(tmp_path):
    (tmp_path / "mediaparser.toml").write_text('[plugins.folder_priority]\nmaster = ["/a"]\n')
    loaded = settings.load(tmp_path, environ={})
    assert loaded.for_plugin("folder_priority") == {"master": ["/a"]}
    assert loaded.for_plugin("nobody") == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense = 1", "there is no setting 'nonsense'"),
        ("[export]\nnmae = 'x'", "there is no setting 'export.nmae'"),
        ("workers = 'many'", "'workers' must be int"),
        ("workers = 0", "'workers' must be at least 1"),
        ("workers = true", "'workers' must be int"),
        ("timezone = 'Mars/Olympus'", "'timezone' is not a known zone"),
        ("timezone = '../../etc/passwd'", "'timezone' is not a known zone"),
        ("error_limit = 2", "'error_limit' must be between 0 and 1"),
        ("similar_distance = 90", "'similar_distance' must be between"),
        ("[export]\nmetadata = 'burn'", "must be one of copy, sidecar, none"),
        ("[export]\nname = '{model.__class__}'", "may use only"),
        ("[export]\nname = '../{name}'", "must be a path inside the export"),
        ("[dates]\nrule = 'first'", "must be one of best_evidence, earliest_date"),
        ("[export\n", "is not valid TOML"),
        ("[webdav]\nport = 99999", "'webdav.port' must be a port"),
        ("[watch]\nstable_seconds = -1", "'watch.stable_seconds' must not be below 0"),
        ("[inbox]\nquota_gb = nan", "'inbox.quota_gb' must not be below 0"),
        ("earliest_year = 3000", "'earliest_year' must be a year that has begun"),
        ("plugins = 3", "'plugins' has tables only"),
        ("[plugins]\nmetadata = 3", "'plugins' has tables only"),
        ("export = 5", "there is no setting 'export'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, words):
    (tmp_path / "mediaparser.toml").write_text(text)
    with pytest.raises(SettingsError, match=r"mediaparser.toml|'[a-z_.]+'") as error:
        settings.load(tmp_path, environ={})
    assert words in str(error.value)


def test_every_setting_is_shown_with_its_origin(tmp_path):
    rows = {row["key"]: row for row in settings.as_rows(settings.load(tmp_path, environ={"TZ": "Asia/Tokyo"}))}
    assert rows["export.name"]["value"] == "{year}/{date}_{time}{ext}"
    assert {row["origin"] for row in rows.values()} <= {"default"}
