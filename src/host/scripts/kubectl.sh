# $1: the kubeconfig file, or nothing: the first that is found. What follows are kubectl's arguments.
# A kubeconfig may name a program that fetches credentials, and that is where the user has it.
PATH=$PATH:/snap/bin:$login_path
command -v kubectl >/dev/null || fail 'imaform: kubectl is not installed here, or not in $PATH'
config=$1
shift
if [ -z "$config" ]; then
    home=$(getent passwd "${SUDO_USER:-root}" | cut -d : -f 6)
    for config in "$home/.kube/config" /root/.kube/config /etc/kubernetes/admin.conf /etc/rancher/k3s/k3s.yaml; do
        [ -r "$config" ] && break
    done
fi
[ -r "$config" ] || fail "imaform: there is no kubeconfig that can be read: name it with \`kubernetes: {kubeconfig: PATH}\`"
exec kubectl --kubeconfig "$config" "$@"
