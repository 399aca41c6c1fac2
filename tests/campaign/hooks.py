"""How schemathesis writes bodies of kinds that it does not know: as the text that it made up."""

import schemathesis


@schemathesis.serializer("application/jose", "text/plain; charset=utf-8")
def as_text(ctx, value):
    return value if isinstance(value, bytes) else str(value).encode()
