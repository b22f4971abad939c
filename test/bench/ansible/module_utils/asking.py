"""What every module of the bench needs: its supervisor asked, looks that are repeated, and how long the verb took."""

import json
import socket
import time

from ansible.module_utils.basic import AnsibleModule


class Refused(Exception):
    pass


def supervisor(host, verb, timeout_s):
    with socket.socket(socket.AF_UNIX) as door:
        door.connect(host["socket"])
        door.sendall((json.dumps({"id": 1, "verb": verb, "unit": host["unit"], "timeoutMs": timeout_s * 1000}) + "\n").encode())
        reply = json.loads(door.makefile().readline())
    if not reply["ok"]:
        raise Refused(reply["failure"])


def holds(what, answer):
    if not answer:
        raise Refused(f"not so: {what}")


def until(what, look, limit_s, pause_s, starting=()):
    """`starting`: what a look may throw while the server starts."""
    end = time.monotonic() + limit_s
    seen = "not so"
    while True:
        try:
            if look():
                return
        except starting as error:
            seen = str(error)
        if time.monotonic() > end:
            raise Refused(f"not in time: {what}: {seen}")
        time.sleep(pause_s)


def answer(verbs):
    """Carries out the verb that the task names. Answers when it began and how long it took, in milliseconds."""
    module = AnsibleModule({"verb": {"required": True, "choices": list(verbs)}, "hostfile": {"type": "path", "required": True}})
    with open(module.params["hostfile"], encoding="utf-8") as file:
        host = json.load(file)
    wall, begun = time.time(), time.monotonic()
    try:
        verbs[module.params["verb"]](host)
    except Exception as error:
        module.fail_json(msg=f"{module.params['verb']}: {error}")
    module.exit_json(changed=False, begun_ms=wall * 1000, took_ms=(time.monotonic() - begun) * 1000)
