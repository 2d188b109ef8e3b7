"""Every signature of every entry becomes every kind of file, and each file agrees."""

import pytest

import export
import zoo
from export import web
from keras_gen.errors import BadInput
from tests.conftest import NAMES, SYSTEMS, tiny_data


@pytest.mark.parametrize("name", SYSTEMS.values())
def test_pre_flight_sees_nothing_in_the_way(name):
    findings = export.check(zoo.build(name, tiny=True))
    assert findings and not [f for f in findings if f.verdict == "no"]


@pytest.mark.parametrize("name", NAMES)
def test_every_signature_exports_to_every_format(name, tmp_path):
    """Exporting verifies; what is left to see is that nothing is missing."""
    model = zoo.build(name, tiny=True)
    manifest = export.export(model, tmp_path / "out", data=tiny_data(model, 8))
    assert {file.format for file in manifest.files} == set(export.FORMATS)
    for format in export.FORMATS:
        files = [file for file in manifest.files if file.format == format]
        written = [signature for file in files for signature in file.errors]
        assert sorted(written) == sorted(model.signatures())
    exhibit = web.Exhibit(name, model)
    if "generate" in zoo.entry(name).tasks:
        web.check_exhibit(exhibit)
    else:
        with pytest.raises(BadInput, match="draws nothing by itself"):
            web.check_exhibit(exhibit)
