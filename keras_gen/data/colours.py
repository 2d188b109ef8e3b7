"""What a colour is called: the words that captions and factors have for colours.

A word stands for the colours beside it, and a colour is called by the nearest of them
all.
"""

HAIR = {
    "none": (),
    "black": ("#120e0c", "#2c1b18"),
    "brown": ("#6a3a22", "#4a312c", "#83623b", "#611c17"),
    "blonde": ("#d9bd7a", "#b58143", "#ecdcbf", "#a78961", "#ffeba4", "#f4d150"),
    "red": ("#c93305", "#ab2a18", "#a55728", "#bd1700", "#cb6820"),
    "grey": ("#a8a4a0", "#e8e1e1"),
    "white": ("#ffffff", "#ffedef"),
    "blue": ("#6fb8d8", "#009bbd", "#d2eff3"),
    "green": ("#5cae2c", "#91cb15"),
    "pink": ("#f09cae", "#f9c9b6", "#dba3be"),
    "purple": ("#7a50b0", "#592454", "#9287ff", "#e0ddff"),
}
SKIN = {
    "light": ("#f9d2b4", "#edb98a", "#e0b687"),
    "medium": ("#c08458", "#ecad80"),
    "dark": ("#6a3c22", "#694d3d", "#77311d", "#5c3829"),
    "yellow": ("#fd9841", "#f8d25c"),
}
COLOURS = {
    "none": (),
    "black": ("#181818", "#262e33"),
    "grey": ("#909090", "#545454", "#879198"),
    "white": ("#ffffff", "#e6e6e6", "#ffedef"),
    "brown": ("#78401e", "#ac6651", "#9e6258", "#684821"),
    "beige": ("#f5cfae", "#ffeead", "#ffeba4", "#dac99e"),
    "red": ("#d02828", "#ae0001", "#ff5c5c", "#e45e4d"),
    "orange": ("#f58a3c", "#e78276", "#ff6f69", "#de6811", "#c67c11"),
    "yellow": ("#f2d24e", "#ffcf77", "#ffffb1", "#eab308", "#ffc425"),
    "green": ("#40a85a", "#78e185", "#a7ffc4", "#88d8b0", "#15a594", "#7a9f12",
              "#00b159", "#445423", "#84ae85"),
    "blue": ("#2f86d6", "#0b3286", "#03396c", "#25557c", "#3c4f5c", "#7681f5",
             "#31868a", "#76a5c6", "#15a2a9"),
    "light blue": ("#b4e2f6", "#65c9ff", "#9ddadb", "#6bd9e9", "#8fa7df", "#a8cde8"),
    "purple": ("#8060d0", "#9287ff", "#731ac3", "#b46bd6", "#e0ddff"),
    "pink": ("#f57cb4", "#ff488e", "#ffafb9", "#fc909f", "#e279c7", "#ca62bb",
             "#ffe4e1"),
}  # fmt: skip


def word(hexadecimal: str, words: dict) -> str:
    """The word for a colour."""
    if hexadecimal == "none":
        return "none"
    return min(
        words,
        key=lambda name: min(
            (_distance(colour, hexadecimal) for colour in words[name]), default=1e9
        ),
    )


def _distance(one, other):
    return sum((a - b) ** 2 for a, b in zip(rgb(one), rgb(other), strict=True))


def rgb(hexadecimal: str) -> tuple[int, int, int]:
    """Red, green and blue, from 0 to 255."""
    return tuple(int(hexadecimal[i : i + 2], 16) for i in (1, 3, 5))
