#!/bin/sh
# A HAPI FHIR R4 server on 127.0.0.1 for tests and measurements: hapi.sh start|stop|build|base|pids
#
#   DB=mem        H2 in memory (the default): gone when it stops
#   DB=file       H2 in a file below DATA
#   DB=postgres   a PostgreSQL of its own below DATA (Debian's package postgresql), fsync on
#   PORT=8080 PGPORT=PORT+1 XMX=2g POOL=20 IDS=ANY|ALPHANUMERIC|NOT_ALLOWED
#   DATA=/tmp/ehr-migrate-hapi-PORT   HAPI_CACHE=~/.cache/ehr-migrate   (jars of Maven Central)
#
# Needs Java 17 and Maven. Prints the base URL when the server answers; `base` prints it while it runs.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
port=${PORT:-8080}
pgport=${PGPORT:-$((port + 1))}
data=${DATA:-${TMPDIR:-/tmp}/ehr-migrate-hapi-$port}
cache=${HAPI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ehr-migrate}
made=$cache/hapi-$(cat "$here/pom.xml" "$here"/src/main/*/* "$here"/src/main/java/hapi/* 2>/dev/null | cksum | cut -d' ' -f1)

say() { echo "hapi: $*" >&2; }

build() {
  [ -f "$made/hapi-1.jar" ] && return
  command -v mvn >/dev/null && command -v java >/dev/null || { say "Java 17 and Maven are needed"; exit 2; }
  say "getting the jars (once; about 250 MB)"
  mkdir -p "$made"
  mvn -q -B -f "$here/pom.xml" -Dbuild="$made" package >&2
}

# PostgreSQL refuses to run as root.
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

postgres() {
  bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1)
  [ -n "$bin" ] || { say "PostgreSQL is not there: apt-get install postgresql"; exit 2; }
  if [ "$1" = stop ]; then
    as_postgres "$bin/pg_ctl" -D "$data/pg" -m fast stop >/dev/null
    return
  fi
  if [ ! -d "$data/pg" ]; then
    [ "$(id -u)" = 0 ] && { chown postgres "$data"; chmod 755 "$data"; }
    as_postgres "$bin/initdb" -D "$data/pg" -U hapi --auth=trust -E UTF8 --locale=C >/dev/null
    as_postgres sh -c "cat >>'$data/pg/postgresql.conf'" <<END
listen_addresses = '127.0.0.1'
port = $pgport
unix_socket_directories = '$data'
shared_buffers = 512MB
max_wal_size = 2GB
END
  fi
  as_postgres "$bin/pg_ctl" -D "$data/pg" -l "$data/pg.log" -w start >/dev/null
  as_postgres "$bin/createdb" -h 127.0.0.1 -p "$pgport" -U hapi hapi 2>/dev/null || true
}

running() { [ -f "$data/pid" ] && kill -0 "$(cat "$data/pid")" 2>/dev/null; }

start() {
  if running; then echo "http://127.0.0.1:$port/fhir"; return; fi
  build
  mkdir -p "$data"
  case ${DB:-mem} in
    mem) JDBC_URL="jdbc:h2:mem:hapi;DB_CLOSE_DELAY=-1" JDBC_USER=sa ;;
    file) JDBC_URL="jdbc:h2:file:$data/h2" JDBC_USER=sa ;;
    postgres) postgres start; JDBC_URL="jdbc:postgresql://127.0.0.1:$pgport/hapi" JDBC_USER=hapi ;;
    *) say "DB is mem, file or postgres"; exit 2 ;;
  esac
  export JDBC_URL JDBC_USER PORT="$port"
  setsid nohup java -Xmx"${XMX:-2g}" -XX:+UseParallelGC -Djava.awt.headless=true \
    -cp "$made/hapi-1.jar:$made/lib/*" hapi.Main >"$data/log" 2>&1 </dev/null &
  echo $! >"$data/pid"
  waited=0
  while ! grep -q '^ready ' "$data/log"; do
    running || { say "it did not start, see $data/log"; exit 1; }
    [ "$waited" -lt 900 ] || { say "not ready after 900 s, see $data/log"; exit 1; }
    sleep 1
    waited=$((waited + 1))
  done
  sed -n 's/^ready //p' "$data/log"
}

stop() {
  if running; then
    pid=$(cat "$data/pid")
    kill "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.2; done
  fi
  rm -f "$data/pid"
  if [ -f "$data/pg/postmaster.pid" ]; then postgres stop; fi
  say "stopped; what it kept is in $data"
}

case ${1:-start} in
  start) start ;;
  stop) stop ;;
  build) build; echo "$made" ;;
  base) if running; then sed -n 's/^ready //p' "$data/log"; fi ;;
  pids) if running; then cat "$data/pid"; [ ! -f "$data/pg/postmaster.pid" ] || head -1 "$data/pg/postmaster.pid"; fi ;;
  *) say "start, stop, build, base or pids"; exit 2 ;;
esac
