#!/bin/sh
# Makes the secrets that compose.yaml asks for, once; what is there already stays. Only mail_url is yours to write.
set -eu
umask 077
folder="$(dirname "$0")/secrets"
mkdir -p "$folder"
once() { [ -e "$folder/$1" ] || printf '%s\n' "$2" > "$folder/$1"; }
random() { python3 -c 'import secrets; print(secrets.token_urlsafe(48))'; }
once secret_key "$(random)"
once postgres_password "$(random)"
once owner_password "$(random)"
once application_password "$(random)"
once database_url "postgresql://lexapp_app:$(cat "$folder/application_password")@postgres/lexapp"
once database_owner_url "postgresql://lexapp_owner:$(cat "$folder/owner_password")@postgres/lexapp"
once mail_url "smtp+starttls://user:password@mail.firm.example:587"
# The containers run as users of their own, so the files must be readable; the folder is not.
chmod 0444 "$folder"/*
echo "Secrets are in $folder. Write the address of your mail server into $folder/mail_url."
