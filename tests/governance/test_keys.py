"""Keys and canonical JSON against the vectors of their standards."""

from __future__ import annotations

import base64
import hashlib
import os
import stat
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from liqbench.errors import GovernanceError, KeyFileError, SettingError
from liqbench.governance.canonical import canonical, digest_of
from liqbench.governance.keys import Card, KeyFolder, PublicKey, from_environment, keys_folder
from liqbench.governance.trust import LocalTrust

# RFC 8032, section 7.1: secret key, public key, message, signature.
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701c"
        "f9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0"
        "f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
]
PKCS8_ED25519 = bytes.fromhex("302e020100300506032b657004220420")  # RFC 8410, section 7


def pem_of(secret: str) -> str:
    """Write a secret key as PKCS8 PEM, by hand."""
    text = base64.b64encode(PKCS8_ED25519 + bytes.fromhex(secret)).decode()
    return f"-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n"


def put(file: Path, text: str | bytes, mode: int = 0o600) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    file.chmod(mode)


@pytest.fixture
def keys(tmp_path: Path) -> KeyFolder:
    return KeyFolder(tmp_path / "keys", lambda: None)


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC_8032)
def test_signatures_are_those_of_rfc_8032(
    keys: KeyFolder, secret: str, public: str, message: str, signature: str
) -> None:
    put(keys.file("ann"), pem_of(secret))
    key = keys.load("ann")
    assert key.card.public.raw.hex() == public
    assert key.key_id == hashlib.sha256(bytes.fromhex(public)).hexdigest()[:16]
    assert key.sign(bytes.fromhex(message)).hex() == signature
    known = PublicKey.from_hex(public)
    assert known.fits(bytes.fromhex(signature), bytes.fromhex(message))
    assert not known.fits(bytes.fromhex(signature), b"another")
    assert not known.fits(b"", bytes.fromhex(message))


def test_canonical_json_is_that_of_rfc_8785() -> None:
    # Section 3.2.2 and its result in 3.2.3.
    document = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"\u002f",
        "literals": [None, True, False],
    }
    assert canonical(document).decode() == (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    # Section 3.2.3: names are sorted by their UTF-16 code units.
    names = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    assert canonical(names).decode() == (
        '{"\\r":"Carriage Return","1":"One","\u0080":"Control",'
        '"\u00f6":"Latin Small Letter O With Diaeresis","\u20ac":"Euro Sign",'
        '"\U0001f600":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}'
    )
    assert digest_of({}) == hashlib.sha256(b"{}").hexdigest()


@pytest.mark.parametrize("value", [2**53, float("nan"), float("inf"), "\ud800", {1: 2}, {3}])
def test_what_canonical_json_has_no_place_for_is_refused(value: object) -> None:
    with pytest.raises(GovernanceError, match="this can't be signed"):
        canonical({"value": value})


def test_a_new_key_is_its_owners_alone(keys: KeyFolder) -> None:
    key = keys.new("Ann Ó")
    file = keys.file("ann ó")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(keys.folder.stat().st_mode) == 0o700
    assert b"BEGIN PRIVATE KEY" in file.read_bytes()
    assert sorted(entry.name for entry in keys.folder.iterdir()) == sorted(
        [file.name, f"{key.key_id}.pub.json"]
    )
    again = keys.load("ANN Ó")
    assert again.card.public == key.card.public
    assert keys.cards() == [key.card]
    assert "rivate" not in repr(key).replace("PersonKey", "")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_a_private_key_that_others_can_reach_is_refused(keys: KeyFolder, mode: int) -> None:
    keys.new("ann")
    keys.file("ann").chmod(mode)
    with pytest.raises(KeyFileError, match="others can read this private key"):
        keys.load("ann")


def test_a_second_key_does_not_replace_the_first(keys: KeyFolder) -> None:
    key = keys.new("ann")
    with pytest.raises(KeyFileError, match="Ann has a key already"):
        keys.new("Ann")
    assert keys.load("ann").key_id == key.key_id
    assert keys.cards() == [key.card]


def test_a_passphrase_keeps_a_key_shut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = KeyFolder(tmp_path / "keys")
    monkeypatch.delenv("LIQBENCH_KEY_PASSPHRASE", raising=False)
    with pytest.raises(KeyFileError, match="there is no passphrase"):
        keys.new("ann", encrypted=True)
    monkeypatch.setenv("LIQBENCH_KEY_PASSPHRASE", "correct horse")
    key = keys.new("ann", encrypted=True)
    pem = keys.file("ann").read_bytes()
    assert pem.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    load_pem_private_key(pem, b"correct horse")
    assert keys.load("ann").key_id == key.key_id
    for wrong in ("battery staple", ""):
        monkeypatch.setenv("LIQBENCH_KEY_PASSPHRASE", wrong)
        with pytest.raises(KeyFileError, match="can't be opened"):
            keys.load("ann")
    assert from_environment() is None


def test_what_is_no_ed25519_key_is_refused(keys: KeyFolder) -> None:
    put(keys.file("ann"), "no key")
    with pytest.raises(KeyFileError, match="can't be opened"):
        keys.load("ann")
    rsa = generate_private_key(65537, 2048)
    pem = rsa.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    put(keys.file("ann"), pem)
    with pytest.raises(KeyFileError, match="is no Ed25519 key"):
        keys.load("ann")


@pytest.mark.parametrize(
    "change", [("person", '""'), ("key_id", '"0123456789abcdef"'), ("schema", '"liqkey/2"')]
)
def test_a_changed_card_is_refused(keys: KeyFolder, change: tuple[str, str]) -> None:
    key = keys.new("ann")
    file = keys.card_file(key.key_id)
    name, value = change
    lines = [
        f' "{name}": {value},' if line.startswith(f' "{name}"') else line
        for line in file.read_text().splitlines()
    ]
    file.write_text("\n".join(lines))
    with pytest.raises(KeyFileError, match="is no public key card"):
        Card.load(file)


def test_a_name_cannot_lead_out_of_the_folder(keys: KeyFolder) -> None:
    assert keys.file("../ann").parent == keys.folder
    assert keys.file("a/b") != keys.file("a b")
    for name in ("", " ", "x" * 300):
        with pytest.raises(SettingError, match="can't name a key"):
            keys.file(name)
    assert keys.card("../ann", "ann") is None


def test_two_who_make_one_persons_key_at_once_get_the_same(keys: KeyFolder) -> None:
    trust, barrier = LocalTrust(keys), threading.Barrier(4, timeout=30)
    found: list[str] = []

    def make() -> None:
        barrier.wait()
        found.append(trust.signing_key("ann").key_id)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert set(found) == {card.key_id for card in keys.cards()}


def test_the_folder_of_the_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIQBENCH_KEYS", str(tmp_path / "k"))
    assert keys_folder() == tmp_path / "k"
    monkeypatch.delenv("LIQBENCH_KEYS")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert keys_folder() == tmp_path / "liqbench" / "keys"
    monkeypatch.delenv("XDG_CONFIG_HOME")
    assert keys_folder() == Path(os.path.expanduser("~/.config/liqbench/keys"))  # noqa: PTH111
