"""Household games behind OpenEnv's server, played by its client in the same script.

pip install 'strategy-guided-exploration[openenv]'
python examples/bridges/openenv_household.py
"""

import socket
import threading
import time

import uvicorn

from sge_wrappers.bridges.episodes import MakeById
from sge_wrappers.bridges.openenv import OpenEnvText, TextClient, make_app

app = make_app(MakeById.of({"id": "sge_envs:SGE-ALFWorld-v0", "source": "generated"}), name="household")
listener = socket.create_server(("127.0.0.1", 0))
url = f"http://127.0.0.1:{listener.getsockname()[1]}"
server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
thread.start()
while not server.started:
    time.sleep(0.05)

with TextClient(base_url=url).sync() as client:  # as an OpenEnv user plays it
    result = client.reset(split="valid_unseen", index=3)
    print(result.observation.text)
    while not result.done:
        actions = result.observation.info["admissible_actions"]
        result = client.step(actions[client.state().step_count % len(actions)])
    print(f"return {client.state().total_reward}, outcome {result.observation.info['outcome']}")

env = OpenEnvText(url, max_turns=5)  # and as a text environment again, over the wire
observation, info = env.reset(seed=0)
print(env.step("look")[0])
env.close()
server.should_exit = True
thread.join()
