"""Every signature of every system becomes every kind of file, and each file agrees."""

import pytest

import export
from export import web
from export.manifest import load
from keras_gen.errors import BadInput
from tests.conftest import PLAIN, SMALL, tiny_data

# Their steps are others, and their files those of the plain ones.
TRAINED_OTHERWISE = {
    "VQVAE-gradient",
    "GAN-penalty",
    "GAN-clipped",
    "GAN-relativistic",
    "ImprovedGAN-memory",
}


@pytest.mark.parametrize("name", PLAIN)
def test_pre_flight_sees_nothing_in_the_way(name):
    findings = export.check(SMALL[name]())
    assert findings and not [f for f in findings if f.verdict == "no"]


@pytest.mark.parametrize("name", [n for n in SMALL if n not in TRAINED_OTHERWISE])
def test_every_signature_exports_to_every_format(name, tmp_path):
    """Exporting verifies; what is left to see is that nothing is missing."""
    model = SMALL[name]()
    manifest = export.export(model, tmp_path / "out", data=tiny_data(model, 8))
    assert len(load(tmp_path / "out")["files"]) == len(manifest.files)
    assert {file.format for file in manifest.files} == set(export.FORMATS)
    for format in export.FORMATS:
        files = [file for file in manifest.files if file.format == format]
        written = [signature for file in files for signature in file.errors]
        assert sorted(written) == sorted(model.signatures())
    exhibit = web.Exhibit(name, model)
    if model.sampler is not None:
        web.check_exhibit(exhibit)
    else:
        with pytest.raises(BadInput, match="draws nothing by itself"):
            web.check_exhibit(exhibit)
