#!/bin/sh
# Runs once, when the database container makes its cluster: one role that owns the tables, one that the application works as.
set -eu
psql --username postgres --set ON_ERROR_STOP=1 \
  --set owner="$(cat /run/secrets/owner_password)" --set application="$(cat /run/secrets/application_password)" <<'SQL'
CREATE ROLE lexapp_owner LOGIN CREATEDB PASSWORD :'owner';
CREATE ROLE lexapp_app LOGIN PASSWORD :'application';
CREATE DATABASE lexapp OWNER lexapp_owner;
SQL
