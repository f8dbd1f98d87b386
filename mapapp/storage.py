"""Static files with a fingerprint in the name, compressed, for production."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class FingerprintedStorage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's storage, which also rewrites the imports inside our JavaScript modules."""

    support_js_module_import_aggregation = True
