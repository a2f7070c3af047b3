"""llama.cpp's server, as xllamacpp packs it: a GGUF file, slots, a port; serves until ended.

python llama_server.py FILE.gguf SLOTS PORT THREADS [CONTEXT FLASH UBATCH REPACK]

CONTEXT: positions of a slot. FLASH: flash attention, on, off or auto. UBATCH: tokens computed at
once. REPACK: on or off, whether weights are rearranged for the processor.
"""

import sys
import time

import xllamacpp

FLASH = {"auto": -1, "off": 0, "on": 1}

file, slots, port, threads = sys.argv[1], *map(int, sys.argv[2:5])
context, flash, ubatch, repack = sys.argv[5:] or ("1024", "auto", "512", "on")
params = xllamacpp.CommonParams()
params.model.path = file
params.n_parallel = slots
params.n_ctx = int(context) * slots
params.kv_unified = False
params.cache_ram_mib = 0  # no prompt comes twice
params.n_gpu_layers = 0
params.port = port
params.cpuparams.n_threads = threads
params.cpuparams_batch.n_threads = threads
params.flash_attn_type = xllamacpp.llama_flash_attn_type(FLASH[flash])
params.n_ubatch = int(ubatch)
params.no_extra_bufts = repack == "off"
params.warmup = True
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
while True:
    time.sleep(60)
