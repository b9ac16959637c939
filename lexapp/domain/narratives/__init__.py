"""What is wrong with the words of a narrative: vague words, forbidden words, several tasks in one. Pure; any text, never an error."""

from lexapp.domain.narratives.blocks import count_tasks
from lexapp.domain.narratives.phrases import PhraseSet, Span, has_words
from lexapp.domain.narratives.vague import vague_spans

__all__ = ["PhraseSet", "Span", "count_tasks", "has_words", "vague_spans"]
