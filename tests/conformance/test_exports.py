"""Every signature of every system becomes every kind of file, and each file agrees."""

import functools

import pytest

import export
from export import web
from export.manifest import load
from keras_gen.errors import BadInput
from tests.conftest import MAKING, SMALL, tiny_data


@pytest.mark.parametrize("name", MAKING)
def test_every_signature_exports_to_every_format(name, tmp_path):
    """Exporting verifies; what is left to see is that nothing is missing.

    And that pre-flight has seen nothing in the way: it looks at the same traces.
    """
    model = SMALL[name]()
    model.signatures = functools.cache(model.signatures)
    findings = export.check(model)
    assert findings and not [f for f in findings if f.verdict == "no"]
    manifest = export.export(model, tmp_path / "out", data=tiny_data(model, 8))
    assert len(load(tmp_path / "out")["files"]) == len(manifest.files)
    assert {file.format for file in manifest.files} == set(export.FORMATS)
    for format in export.FORMATS:
        files = [file for file in manifest.files if file.format == format]
        written = [signature for file in files for signature in file.errors]
        assert sorted(written) == sorted(model.signatures())
    try:
        web.check_exhibit(web.Exhibit(name, model))
    except BadInput as refusal:  # of what makes no images by itself or of one
        assert model.sampler is None and "cannot be shown" in str(refusal)
