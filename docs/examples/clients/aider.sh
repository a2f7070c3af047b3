#!/bin/sh
# aider beside the editor: a model behind our server writes a module until its tests pass.
#
#     cogitate serve --model qwen2.5-coder-1.5b
#     sh docs/examples/clients/aider.sh shop.py test_shop.py
#
# aider runs what the model writes without a sandbox: do this in a container. `cogitate tdd` has one.
set -eu
module=$1 tests=$2
export OPENAI_API_BASE="${OPENAI_API_BASE:-http://127.0.0.1:8000/v1}" OPENAI_API_KEY=none
exec aider --model openai/it --edit-format whole --no-show-model-warnings --no-auto-commits \
    --auto-test --test-cmd "timeout 20 python -m pytest -q '$tests'" --read "$tests" \
    --message "Write $module, so that all tests of $tests pass. The tests are correct: do not change them." \
    "$module"
