#!/bin/sh
# Plays the CA: a new key and certificate in certificate/, good for 47 days. Run it again for the next one.
# The CA itself (a root and an intermediate) is made once, in certificate/ca/. Needs openssl 3.
set -eu
cd "$(dirname "$0")"
hosts=${1:-www.example.com,shop.example.com}
umask 077
mkdir -p certificate/ca
cd certificate

issue() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "$@" 2>/dev/null; }
authority="-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign"

if [ ! -f ca/intermediate.pem ]; then
  issue -days 3650 -subj "/CN=Demo Root" -keyout ca/root.key -out ca/root.pem $authority
  issue -days 1825 -subj "/CN=Demo Intermediate" -keyout ca/intermediate.key -out ca/intermediate.pem \
    -CA ca/root.pem -CAkey ca/root.key $authority
fi
issue -days 47 -subj "/CN=${hosts%%,*}" -keyout key.pem -out leaf.pem \
  -CA ca/intermediate.pem -CAkey ca/intermediate.key \
  -addext "subjectAltName=DNS:$(echo "$hosts" | sed 's/,/,DNS:/g')" \
  -addext basicConstraints=critical,CA:FALSE -addext keyUsage=critical,digitalSignature -addext extendedKeyUsage=serverAuth
cp ca/intermediate.pem chain.pem
echo "certificate/leaf.pem: $(openssl x509 -in leaf.pem -noout -enddate)"
