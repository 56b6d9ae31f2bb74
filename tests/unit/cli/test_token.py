"""Tokens from the command line are those that the services take."""

import json
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from typer.testing import CliRunner

from cli import app

ISSUER = "http://issuer.example"


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)


@pytest.fixture
def key_file(key: RSAKey, tmp_path: Path) -> Path:
    file = tmp_path / "issuer-key.json"
    file.write_text(json.dumps(key.as_dict(private=True)))
    return file


def test_a_token_says_who_with_which_role_in_which_clinics(key: RSAKey, key_file: Path) -> None:
    asked = ["token", "--role", "front_desk", "--clinic", "clinic-berlin", "--clinic", "clinic-wien"]
    made = CliRunner().invoke(
        app, [*asked, "--name", "Mara", "--ttl", "60", "--issuer", ISSUER, "--key", str(key_file)]
    )
    assert made.exit_code == 0, made.output
    token = jwt.decode(made.stdout.strip(), key, algorithms=["RS256"])
    assert token.header["kid"] == key.kid
    claims = token.claims
    assert (claims["iss"], claims["aud"], claims["sub"], claims["name"]) == (
        ISSUER,
        "chairside",
        "usr-front-desk",
        "Mara",
    )
    assert (claims["roles"], claims["clinics"]) == (["front_desk"], ["clinic-berlin", "clinic-wien"])
    assert claims["exp"] - claims["iat"] == 60


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file"),
        ("{}", "not an RSA key"),
        ("[", "not an RSA key"),
        ("public", "public half"),
        ("unnamed", "no kid"),
    ],
)
def test_without_a_good_key_it_says_so(key: RSAKey, tmp_path: Path, content: str | None, message: str) -> None:
    file = tmp_path / "key.json"
    if content is not None:
        unnamed = {name: value for name, value in key.as_dict(private=True).items() if name != "kid"}
        written = {"public": key.as_dict(private=False), "unnamed": unnamed}.get(content)
        file.write_text(content if written is None else json.dumps(written))
    asked = ["token", "--role", "auditor", "--clinic", "c", "--issuer", ISSUER, "--key", str(file)]
    refused = CliRunner().invoke(app, asked)
    assert refused.exit_code == 1
    assert message in refused.stderr


def test_without_an_issuer_it_says_so(key_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    asked = ["token", "--role", "auditor", "--clinic", "c", "--key", str(key_file)]
    refused = CliRunner().invoke(app, asked)
    assert refused.exit_code == 1
    assert "--issuer" in refused.stderr
    (tmp_path / "var" / "run").mkdir(parents=True)
    (tmp_path / "var" / "run" / "endpoints.json").write_text(json.dumps({"issuer": ISSUER}))
    assert CliRunner().invoke(app, asked).exit_code == 0


def test_a_role_that_nobody_has_is_refused(key_file: Path) -> None:
    asked = ["token", "--role", "dentist", "--clinic", "c", "--issuer", ISSUER, "--key", str(key_file)]
    assert CliRunner().invoke(app, asked).exit_code == 2
