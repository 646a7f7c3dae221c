"""The API's description, OpenAPI 3.1: what GET /v1/openapi.json answers."""

from typing import Any

from borne import VERSION
from borne.trust import freshness
from borne.verify.verdict import SEVERITIES
from bornetools.bridge.texts import DISCONNECTED
from bornetools.languages import LANGUAGES

_COUNT = {"type": "integer", "minimum": 0}
_TEXT = {"type": "string"}
_DATE = {"type": "string", "description": "YYYY-MM-DD; unknown parts of a birth date are 00"}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "type": [schema["type"], "null"]}


def _object(properties: dict[str, Any], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _event(kind: str, properties: dict[str, Any], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    return _object({"event": {"const": kind}, **_STAMP, **properties}, optional)


_SPOKEN = dict.fromkeys(LANGUAGES, _TEXT)
_SAID = {
    "title": {**_object(_SPOKEN), "description": "A word or two for people"},
    "action": {**_object(_SPOKEN), "description": "What they do"},
}
_STAMP = {
    "session": {**_TEXT, "description": "Another one each time that borne bridge starts"},
    "seq": {**_COUNT, "description": "1, 2, 3... within a session: a gap is what you have missed"},
    "time": {**_COUNT, "description": "Unix seconds, by this computer's clock"},
    "terminal": {**_or_null(_TEXT), "description": "Its id; null: none was there yet"},
    "lost": {**_COUNT, "description": "Events before this one that the terminal could not send"},
}
_ABOUT = {
    "port": _TEXT,
    "board": _TEXT,
    "firmware": _TEXT,
    "release": {**_or_null(_COUNT), "description": "Version of its trust data; null: none"},
    "as_of": {**_or_null(_COUNT), "description": "Time of its trust data"},
    "identity": {
        "type": "boolean",
        "description": "Whether verdicts may have `holder`: --identity, and the terminal's policy",
    },
}
_DELEGATE = {"family": _TEXT, "given": _TEXT, "until": _DATE}
_HOLDER = {
    "family": _TEXT,
    "given": _TEXT,
    "birth_date": _DATE,
    "nir": _TEXT,
    "rank": {**_COUNT, "description": "0: the insured; others: dependants"},
    "until": {**_or_null(_DATE), "description": "Last day of the cover; null: not covered today"},
    "delegate": {"anyOf": [_object(_DELEGATE), {"type": "null"}]},
    "name_from": {
        "enum": ["card", "pid"],
        "description": "pid: names and birth date are of a PID that was shown beside the card",
    },
}
_STATES = ("connected", "ready", "remove", "fault", "disconnected")
_REASON = {"code": _TEXT, **_SAID}
_TERMINAL = {
    "session": _STAMP["session"],
    "seq": {**_COUNT, "description": "Of the last event"},
    "state": {"enum": list(_STATES)},
    "reason": {
        "anyOf": [_object(_REASON), {"type": "null"}],
        "description": "Why it is not there, or reads no phone",
    },
    "terminal": _STAMP["terminal"],
    "about": {"anyOf": [_object(_ABOUT), {"type": "null"}]},
    "age": {**_or_null(_COUNT), "description": "Of its trust data, in seconds"},
    "freshness": {
        "enum": [freshness.FRESH, freshness.WARN, freshness.REFUSE, freshness.UNKNOWN],
        "description": "What its policy makes of that age",
    },
}
_VERDICT = {
    "code": {"enum": list(SEVERITIES)},
    "severity": {"enum": ["accept", "warn", "retry", "refuse"]},
    "detail": {**_TEXT, "description": "Why, in English, for a log: one of a few fixed texts"},
    **_SAID,
    "holder": _ref("Holder"),
}
_SCHEMAS = {
    "Holder": _object(_HOLDER),
    "Terminal": _object(_TERMINAL),
    "Hello": _object({"event": {"const": "hello"}, **_TERMINAL}),
    "Connected": _event("connected", _ABOUT),
    "Disconnected": _event("disconnected", {"code": {"enum": list(DISCONNECTED)}, **_SAID}),
    "Ready": _event("ready", {}),
    "Gone": _event("gone", {}),
    "Remove": _event("remove", {}),
    "Fault": _event("fault", {"code": _TEXT, "detail": _TEXT, **_SAID}),
    "Verdict": _event("verdict", _VERDICT, ("holder",)),
    "Event": {
        "oneOf": [
            _ref(name)
            for name in (
                "Hello",
                "Connected",
                "Disconnected",
                "Ready",
                "Verdict",
                "Gone",
                "Remove",
                "Fault",
            )
        ]
    },
    "Error": _object(
        {
            "error": {**_TEXT, "description": "A word for programs"},
            "what": {**_TEXT, "description": "What happened"},
            "do": {**_TEXT, "description": "What to do"},
        }
    ),
}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _get(summary: str, name: str, answers: dict[str, Any]) -> dict[str, Any]:
    refused = {"description": "Refused, or failed: always JSON", "content": _json(_ref("Error"))}
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "responses": {**answers, "default": refused},
        }
    }


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"200": {"description": description, "content": _json(schema)}}


DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {
        "title": "Borne bridge",
        "version": VERSION,
        "description": "Verdicts of the terminal at this counter, for software on this computer.",
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    },
    "servers": [
        {
            "url": "http://127.0.0.1:{port}",
            "variables": {"port": {"default": "8737"}},
        }
    ],
    "security": [{"token": []}],
    "paths": {
        "/v1/terminal": _get(
            "What is known of the terminal", "terminal", _answer("Its state", _ref("Terminal"))
        ),
        "/v1/verdicts/last": _get(
            "The last verdict",
            "lastVerdict",
            {
                **_answer("The verdict; `holder` for a minute only", _ref("Verdict")),
                "204": {"description": "None yet"},
            },
        ),
        "/v1/events": _get(
            "A WebSocket: a text message of JSON for each event, the first a `hello`",
            "events",
            {"101": {"description": "Then the messages", "content": _json(_ref("Event"))}},
        ),
        "/v1/openapi.json": _get(
            "This description", "openapi", _answer("OpenAPI 3.1", {"type": "object"})
        ),
    },
    "components": {
        "securitySchemes": {
            "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "The content of the file that `borne bridge --print-token-file` names:"
                " another one after each start of the bridge, and no file without a bridge. A"
                " browser's WebSocket offers the protocols `borne.v1` and `borne.token.TOKEN` instead.",
            }
        },
        "schemas": _SCHEMAS,
    },
}
