"""Property tests run on machines that do other things too, so no single example is timed. `make fast` tries fewer of them."""

import os

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=25)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "untimed"))
