"""Save a model once in Hugging Face format: `weights.py MODEL FOLDER`."""

import sys
from pathlib import Path

from cogitate import models

models.save(models.load(sys.argv[1]), Path(sys.argv[2]))
