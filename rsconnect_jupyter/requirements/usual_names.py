"""Names of packages whose module is called otherwise, for notebooks whose kernel cannot be asked. Pure."""

from __future__ import annotations

PACKAGES = {
    "Crypto": "pycryptodome",
    "MySQLdb": "mysqlclient",
    "OpenSSL": "pyOpenSSL",
    "PIL": "pillow",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "fitz": "PyMuPDF",
    "jwt": "PyJWT",
    "pptx": "python-pptx",
    "psycopg2": "psycopg2-binary",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "umap": "umap-learn",
    "yaml": "PyYAML",
}
"""Top-level module -> the package that most people mean by it."""


def usual_package(module: str) -> str:
    """Return the package that a module probably belongs to."""
    top = module.partition(".")[0]
    return PACKAGES.get(top, top)
