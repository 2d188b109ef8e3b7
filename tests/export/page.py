"""The page in Chromium, as a person uses it; and its random numbers, a second time."""

import itertools

import numpy as np

from tests.browser import until

VISITS = itertools.count()  # the same address again would not load the page anew


def mix(h):
    h = np.uint32(h)
    h = (h ^ (h >> 16)) * np.uint32(0x85EBCA6B)
    h = (h ^ (h >> 13)) * np.uint32(0xC2B2AE35)
    return h ^ (h >> 16)


def uniform(seed, stream, k):
    with np.errstate(over="ignore"):
        start = mix(mix(np.uint32(seed) + np.uint32(0x9E3779B9)) + np.uint32(stream))
        k = np.asarray(k, "uint32") + np.uint32(1)
        return (mix(start + k * np.uint32(0x9E3779B9)) >> 8) / 2.0**24


def draw(law, shape, seed, stream=0):
    """noise.js, written a second time."""
    k = np.arange(np.prod(shape, dtype=int))
    if law == "uniform":
        return uniform(seed, stream, k).reshape(shape).astype("float32")
    radius = np.sqrt(-2 * np.log(1 - uniform(seed, stream, 2 * k)))
    angle = 2 * np.pi * uniform(seed, stream, 2 * k + 1)
    return (radius * np.cos(angle)).reshape(shape).astype("float32")


class Page:
    """The page, as a person uses it."""

    def __init__(self, driver, address):
        self.driver, self.address = driver, address

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def resize(self, width, height=800):
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1}
        metrics["mobile"] = width < 600
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def __getitem__(self, id):
        return self.driver.find_element("id", id)

    def open(self, name):
        self.driver.get(f"{self.address}?{next(VISITS)}#{name}")
        return self.computed()

    def computed(self, what="picture", after=lambda: None):
        """(inputs, output) of what is computed after `after()`."""
        self.run(f"if (window.kerasGen) delete window.kerasGen.{what}")
        after()
        script = f"return Boolean(window.kerasGen && window.kerasGen.{what})"
        until(lambda: self.run(script) or self.trouble(), f"{what} is computed")
        assert not self.trouble()
        plain = "(v) => Array.from(v.data ?? v)"
        inputs, output = self.run(
            f"const {{ inputs, output }} = window.kerasGen.{what};"
            f"const flat = Object.entries(inputs).map(([k, v]) => [k, ({plain})(v)]);"
            "return [Object.fromEntries(flat), Array.from(output)]"
        )
        return {k: np.array(v) for k, v in inputs.items()}, np.array(output, "float32")

    def trouble(self):
        return self["problem"].text

    def fill(self, id, text):
        """Type into a field, over what it holds, and leave it: one change."""
        self.run("arguments[0].select()", self[id])
        return self.computed(after=lambda: self[id].send_keys(str(text), "\t"))

    def press(self, id, what="picture"):
        return self.computed(what, self[id].click)

    def brush(self, value):
        self.driver.find_element(
            "css selector", f"[name=brush][value='{value}']"
        ).click()

    def stroke(self, id, shape, start, end):
        """Paint from a pixel, (row, column), to another one, by the mouse."""
        from selenium.webdriver import ActionChains

        script = (
            "const e = arguments[0]; e.scrollIntoView({block: 'center'});"
            "const { x, y, width, height } = e.getBoundingClientRect();"
            "return [x, y, width, height]"
        )
        x, y, width, height = self.run(script, self[id])
        side = np.array([height / shape[0], width / shape[1]])
        ends = [[y, x] + (np.array(at) + 0.5) * side for at in (start, end)]
        (top, left), (low, right) = [at.astype(int).tolist() for at in ends]
        actions = ActionChains(self.driver, duration=0).w3c_actions
        mouse = actions.pointer_action
        mouse.move_to_location(left, top).pointer_down()
        mouse.move_to_location(right, low).pointer_up()
        actions.perform()

    def slide(self, slider, value):
        script = (
            "arguments[0].value = arguments[1];"
            "arguments[0].dispatchEvent(new Event('input', {bubbles: true}))"
        )
        return self.computed(after=lambda: self.run(script, slider, str(value)))


def assert_drawn(model, output, **inputs):
    """`output` is what the model makes of the inputs, within 1e-5."""
    signature = model.signatures()[model.sampler or next(iter(model.signatures()))]
    (expected,) = signature.function(**inputs).values()
    np.testing.assert_allclose(output, np.ravel(expected), atol=1e-5)
