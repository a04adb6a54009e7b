"""The plugin manager: one door for everybody, and a broken plugin is named."""

from __future__ import annotations

import types

import pytest

from mediaparser_core import plugins, settings
from mediaparser_core.errors import PluginError, SettingsError
from mediaparser_core.hookspecs import hookimpl
from mediaparser_core.records import Probe


def module(**functions) -> types.ModuleType:
    made = types.ModuleType("made_for_a_test")
    for name, function in functions.items():
        setattr(made, name, hookimpl(function))
    return made


def test_the_bundled_plugins_come_through_the_entry_points():
    names = {name for name, _ in plugins.load().list_name_plugin()}
    assert {"folders", "local_pool", "metadata", "pictures", "best_evidence", "year_folders", "takeout"} <= names


def test_a_strangers_plugin_is_asked_before_ours(tmp_path):
    def name_export(item):
        return "mine"

    manager = plugins.load(module(name_export=name_export))
    assert manager.hook.name_export(item=None, settings=settings.load(tmp_path, environ={})) == "mine"


def test_a_misspelt_hook_is_noticed():
    def name_exprot(item):
        return None

    with pytest.raises(PluginError, match="name_exprot"):
        plugins.load(module(name_exprot=name_exprot))


def test_two_probes_of_one_name_are_refused(tmp_path):
    def register_probes():
        return [Probe("metadata", 1, "name", lambda entry: [])]

    with pytest.raises(PluginError, match="two plugins register a probe called 'metadata'"):
        plugins.probes(plugins.load(module(register_probes=register_probes)), settings.load(tmp_path, environ={}))


def test_what_is_no_probe_is_refused(tmp_path):
    def register_probes():
        return ["exif"]

    with pytest.raises(PluginError, match="must give Probe records"):
        plugins.probes(plugins.load(module(register_probes=register_probes)), settings.load(tmp_path, environ={}))


def test_each_plugin_is_described_with_its_hooks():
    rows = {row["name"]: row for row in plugins.describe(plugins.load())}
    assert rows["year_folders"]["hooks"] == ["name_export"]
    assert rows["year_folders"]["distribution"] == "mediaparser"
    assert all(row["about"] for row in rows.values())
    assert all(row["hooks"] for row in rows.values())


@pytest.mark.parametrize(
    ("plugin", "key", "value"),
    [
        ("metadata", "reader", "exif"),
        ("pictures", "native", "perhaps"),
        ("folder_tags", "skip", "DCIM"),
        ("folder_tags", "skip", [1]),
    ],
)
def test_an_impossible_setting_of_a_plugin_is_one_clear_line(tmp_path, plugin, key, value):
    wrong = settings.Settings(library=tmp_path, plugins={plugin: {key: value}})
    with pytest.raises(SettingsError, match=rf"\A'plugins\.{plugin}\.{key}' must be [^\n]+\Z"):
        plugins.probes(plugins.load(), wrong)


def test_a_misspelt_argument_is_named_in_one_line():
    def name_export(itme):
        return None

    with pytest.raises(PluginError, match=r"\A[^\n]*itme[^\n]*docs/hooks.md[^\n]*\Z"):
        plugins.load(module(name_export=name_export))


def test_a_table_that_nearly_has_the_name_of_a_plugin_is_refused(tmp_path):
    wrong = settings.Settings(library=tmp_path, plugins={"metadat": {"reader": "native"}})
    with pytest.raises(SettingsError, match="there is no plugin 'metadat' for .*; is it 'metadata'?"):
        plugins.check_tables(plugins.load(), wrong)
    plugins.check_tables(plugins.load(), settings.Settings(library=tmp_path, plugins={"load": {}, "notebook": {}}))
