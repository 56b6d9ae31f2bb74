"""A TSE that certifies nothing: it counts, tells the time and signs, with a key that is made when it starts.

For trying things out. What makes a real one count before the law is not in here: the protected memory in which nothing
can be taken back, its own clock, the certificate of the BSI, and the export of its own log (TAR).
"""

import base64
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from cash_register.domain.exports.closings import NotSigned, Signed, SigningDevice
from kernel.clock import Clock, utc_now

ALGORITHM, TIME_FORMAT = "ecdsa-plain-SHA256", "unixTime"
_HALF_BYTES = 32
_VALID_FOR = timedelta(days=8 * 365)


class TseSimulator:
    """`failing` is the error that it answers everything with, until it is None again; then it counts on."""

    def __init__(self, clock: Clock = utc_now, failing: str | None = None) -> None:
        self._clock = clock
        self._key = generate_private_key(SECP256R1())
        self.device = _device(self._key, clock())
        self.failing = failing
        self._transactions = 0
        self._counter = 0

    async def sign(self, client: str, process_type: str, process_data: str) -> Signed | NotSigned:
        """One transaction: started, and finished with the data."""
        if self.failing is not None:
            return NotSigned(self.failing, process_type, process_data)
        started_at = self._clock()
        self._transactions += 1
        self._counter += 2
        finished_at = self._clock()
        signed = message(client, process_type, process_data, self._transactions, self._counter, finished_at)
        return Signed(
            device=self.device,
            transaction=self._transactions,
            counter=self._counter,
            started_at=started_at,
            finished_at=finished_at,
            process_type=process_type,
            process_data=process_data,
            signature=base64.b64encode(_plain(self._key.sign(signed, ECDSA(SHA256())))).decode(),
        )


def message(
    client: str, process_type: str, process_data: str, transaction: int, counter: int, finished_at: datetime
) -> bytes:
    """What the simulator signs: the fields of a log message, one a line, not in the ASN.1 of TR-03151."""
    fields = (client, process_type, process_data, transaction, counter, int(finished_at.timestamp()), ALGORITHM)
    return "\n".join(map(str, fields)).encode()


def _plain(signature: bytes) -> bytes:
    """Both numbers one after the other, each as long as the curve (BSI TR-03111, 5.2.1)."""
    r, s = decode_dss_signature(signature)
    return r.to_bytes(_HALF_BYTES, "big") + s.to_bytes(_HALF_BYTES, "big")


def _device(key: EllipticCurvePrivateKey, at: datetime) -> SigningDevice:
    public = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Chairside TSE simulator, not certified")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at.astimezone(UTC))
        .not_valid_after(at.astimezone(UTC) + _VALID_FOR)
        .sign(key, SHA256())
    )
    return SigningDevice(
        serial=sha256(public).hexdigest(),
        algorithm=ALGORITHM,
        time_format=TIME_FORMAT,
        public_key=base64.b64encode(public).decode(),
        certificate=base64.b64encode(certificate.public_bytes(Encoding.DER)).decode(),
    )
