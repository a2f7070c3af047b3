"""llama.cpp's server, as xllamacpp packs it: a GGUF file, slots, a port; serves until ended.

python llama_server.py FILE.gguf SLOTS PORT THREADS
"""

import sys
import time

import xllamacpp

file, slots, port, threads = sys.argv[1], *map(int, sys.argv[2:])
params = xllamacpp.CommonParams()
params.model.path = file
params.n_parallel = slots
params.n_ctx = 1024 * slots
params.kv_unified = False
params.n_gpu_layers = 0
params.port = port
params.cpuparams.n_threads = threads
params.cpuparams_batch.n_threads = threads
params.warmup = True
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
while True:
    time.sleep(60)
