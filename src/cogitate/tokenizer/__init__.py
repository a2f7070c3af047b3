"""Text to token ids and back; chat templates; the markers of a thought."""

from cogitate.tokenizer.templates import Message, Reads
from cogitate.tokenizer.tokenizer import THINK_CLOSE, THINK_OPEN, Tokenizer

__all__ = ["THINK_CLOSE", "THINK_OPEN", "Message", "Reads", "Tokenizer"]
