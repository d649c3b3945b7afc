"""GPTCache's own server, with its exact-match configuration: equal prompts only, and no model to fetch.

Run by the Python of the environment that it is installed in. Usage: gptcache_exact.py PORT.
"""

import sys

import uvicorn  # type: ignore[import-not-found]
from gptcache import cache  # type: ignore[import-not-found]
from gptcache.processor.pre import get_prompt  # type: ignore[import-not-found]
from gptcache_server.server import app  # type: ignore[import-not-found]

cache.init(pre_embedding_func=get_prompt)
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
