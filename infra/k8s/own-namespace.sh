#!/bin/sh
# own-namespace.sh NAMESPACE OVERLAY: fails if the namespace exists and is not of this overlay, by its label. Skaffold runs it
# before it renders, which is before it applies or deletes anything.
namespace=$1
overlay=$2

if ! found=$(kubectl ${SKAFFOLD_KUBE_CONTEXT:+--context "$SKAFFOLD_KUBE_CONTEXT"} --request-timeout=10s get namespace "$namespace" \
  --ignore-not-found -o 'jsonpath={.metadata.name} {.metadata.labels.ticketing/overlay}'); then
  echo "The cluster can't be asked whose the namespace $namespace is. Nothing can be deployed to it, only rendered." >&2
  exit 0
fi
case $found in
  '' | "$namespace $overlay") exit 0 ;;
  "$namespace "?*)
    echo "The namespace $namespace holds the overlay ${found#* }, not $overlay: delete that one first (skaffold delete), or use another cluster (--kube-context)." >&2
    ;;
  *)
    echo "The namespace $namespace is not of this project: it has no label ticketing/overlay. Use another cluster (--kube-context)." >&2
    ;;
esac
exit 1
