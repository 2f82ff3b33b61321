#!/bin/sh
# Install the open fonts of official documents from Debian's packages (as root). Of TeX Live's 49 MB only the Fandol faces are kept.
# A school that has licensed fonts (方正小标宋简体, 仿宋_GB2312 …) puts them into fonts/ beside campus/ and does not need this.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
apt-get update -qq
apt-get install -y -qq --no-install-recommends fontconfig fonts-noto-cjk fonts-liberation fonts-lxgw-wenkai
work=$(mktemp -d)
cd "$work"
apt-get download -qq texlive-lang-chinese
dpkg-deb --fsys-tarfile texlive-lang-chinese_*.deb | tar -x --wildcards '*/fandol/Fandol*.otf'
find . -name 'Fandol*.otf' -exec install -D -m 644 -t /usr/share/fonts/opentype/fandol {} +
install -m 644 "$here/fonts.conf" /etc/fonts/conf.d/30-official-document.conf
cd /
rm -rf "$work"
fc-cache -f
