"""Write test questions of a family as JSON Lines: {"input": question, "target": answer}.

python docs/examples/clients/questions.py arithmetic 100 > questions.jsonl
"""

import json
import sys

from cogitate import load_family

name, num = sys.argv[1], int(sys.argv[2])
family = load_family(name)
for seed in range(num):
    task = family.generate("test", seed)
    print(json.dumps({"input": task.question, "target": task.target}))
