#!/bin/sh
# Assembles the root directory of the image:
#
#   deploy/image/root.sh PROFILE DIRECTORY      (a profile of cargo: dev, release)
#
# The binary is linked statically. Only the last step, linking it, is told so: dependencies are compiled as for any
# other build and shared with it.
set -eu

profile=$1
mkdir -p "$2"
root=$(cd "$2" && pwd)
cd "$(dirname "$0")/../.."

${CARGO:-cargo} rustc --locked --package dicelab --bin dicelab --profile "$profile" -- -C target-feature=+crt-static
[ "$profile" = dev ] && folder=debug || folder=$profile
install -m 0555 "${CARGO_TARGET_DIR:-target}/$folder/dicelab" "$root/dicelab"

# What the C library reads to resolve names: files first, then the name server that the container is given.
# Docker and Kubernetes write /etc/hosts and /etc/resolv.conf themselves.
install -d -m 0755 "$root/etc/ssl/certs"
echo 'hosts: files dns' > "$root/etc/nsswitch.conf"
chmod 0444 "$root/etc/nsswitch.conf"

# Whom to trust where telemetry goes out over https; without them only http works.
certificates=/etc/ssl/certs/ca-certificates.crt
[ ! -e "$certificates" ] || install -m 0444 "$certificates" "$root/etc/ssl/certs/"
