"""Build the library with cargo, which needs no network, and put it into a wheel for this platform and any Python."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent


class Build(build_py):
    def run(self) -> None:
        super().run()
        target = HERE / "build" / "cargo"
        cargo = os.environ.get("CARGO") or shutil.which("cargo")
        if cargo is None:
            raise SystemExit("cargo is needed to build mediaparser-jpeg: apt install cargo, or https://rustup.rs")
        command = [cargo, "build", "--release", "--offline", "--locked", "--manifest-path", str(HERE / "Cargo.toml")]
        subprocess.run([*command, "--target-dir", str(target)], check=True)
        for name in ("libmediaparser_jpeg.so", "libmediaparser_jpeg.dylib", "mediaparser_jpeg.dll"):
            if (target / "release" / name).exists():
                self.copy_file(str(target / "release" / name), str(Path(self.build_lib) / "mediaparser_jpeg" / name))


class Wheel(bdist_wheel):
    def get_tag(self) -> tuple[str, str, str]:
        return "py3", "none", super().get_tag()[2]  # for any Python: it is loaded by ctypes


class Platform(Distribution):
    def has_ext_modules(self) -> bool:
        return True


setup(cmdclass={"build_py": Build, "bdist_wheel": Wheel}, distclass=Platform)
