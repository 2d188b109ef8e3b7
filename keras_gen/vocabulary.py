"""The words that a model knows, and a sentence as their numbers.

A sentence becomes `length` numbers: in their order those of its words, from 1 on, and 0
behind the last. Capitals and punctuation do not count. All 0 is a sentence that says
nothing, and what a model is told that is told nothing.
"""

import difflib
import json
import re
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from keras_gen.arguments import Folder, Size, checked_class
from keras_gen.errors import BadFile, BadInput, UnknownName
from keras_gen.files import atomic


@keras.saving.register_keras_serializable("keras_gen")
@checked_class
@dataclass(frozen=True)
class Vocabulary:
    """Words, and how long a sentence of them may be.

    Args:
        words: each once, in small letters.
        length: words of a sentence at most.

    Example:
        >>> Vocabulary(("a", "face"), 4).numbers(["A face."]).numpy().tolist()
        [[1, 2, 0, 0]]
    """

    words: tuple[str, ...]
    length: Size = 32

    def __post_init__(self):
        object.__setattr__(self, "words", tuple(self.words))
        odd = [w for w in self.words if split(w) != [w] or self.words.count(w) > 1]
        if odd or not self.words:
            raise BadInput(
                "a vocabulary is of words in small letters, each once; received "
                f"{odd[0]!r:.60}."
                if odd
                else "a vocabulary has a word at least."
            )

    @classmethod
    def of(cls, sentences) -> "Vocabulary":
        """Of all words of these sentences, as long as the longest."""
        found = [split(sentence) for sentence in sentences]
        words = sorted({word for sentence in found for word in sentence})
        return cls(tuple(words), max(map(len, found), default=1))

    @classmethod
    def read(cls, path: Folder) -> "Vocabulary":
        """From a JSON file that `write` has written."""
        try:
            with open(path, encoding="utf-8") as file:
                return cls(**json.load(file))
        except (OSError, ValueError, TypeError) as error:
            raise BadFile(f"{path} cannot be read as a vocabulary ({error}).") from None

    def write(self, path: Folder) -> None:
        """A JSON file of the words and the length."""
        with atomic(path) as temporary:
            temporary.write_text(json.dumps(self.get_config()), encoding="utf-8")

    def get_config(self):
        return {"words": list(self.words), "length": self.length}

    @classmethod
    def from_config(cls, config):
        return cls(tuple(config["words"]), config["length"])

    def numbers(self, sentences):
        """Of a batch of sentences, in the graph; words that it does not know are 0.

        Numbers stay what they are.
        """
        sentences = tf.convert_to_tensor(sentences)
        if sentences.dtype != tf.string:
            return tf.cast(sentences, "int32")
        plain = tf.strings.lower(sentences, "utf-8")
        plain = tf.strings.regex_replace(plain, r"[^\pL\pN]+", " ")
        found = tf.strings.split(plain).to_tensor("", shape=(None, self.length))
        same = found[..., None] == tf.constant(self.words)
        places = tf.range(1, len(self.words) + 1)
        return tf.reduce_max(tf.where(same, places, 0), -1)

    def asked(self, sentences) -> np.ndarray:
        """`numbers` of sentences that a person wrote; a sentence says what is wrong."""
        rows = []
        for sentence in sentences:
            found = split(sentence)
            self._check(found)
            row = [self.words.index(word) + 1 for word in found]
            rows.append(row + [0] * (self.length - len(row)))
        return np.array(rows, "int32").reshape(-1, self.length)

    def _check(self, found):
        strange = list(dict.fromkeys(w for w in found if w not in self.words))
        if strange:
            near = [difflib.get_close_matches(w, self.words, 3, 0.6) for w in strange]
            named = [
                f'"{word}"' + (f" (near it: {', '.join(like)})" if like else "")
                for word, like in zip(strange, near, strict=True)
            ]
            raise UnknownName(
                f"of {len(self.words)} words the vocabulary has none that is "
                f"{' or '.join(named)}; say it in others."
            )
        if len(found) > self.length:
            raise BadInput(
                f"a caption has {self.length} words at most; received {len(found)}."
            )


def split(sentence) -> list[str]:
    """The words of a sentence."""
    text = sentence.decode() if isinstance(sentence, bytes) else str(sentence)
    return re.findall(r"[^\W_]+", text.lower())
