"""The real components that the tests ask: systemd as PID 1, dockerd of three generations, Squid, docker-registry."""
