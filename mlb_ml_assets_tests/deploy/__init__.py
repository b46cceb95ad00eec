"""Tests of the Dockerfile, docker-compose.yml and deploy/."""
