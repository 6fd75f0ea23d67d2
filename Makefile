# The usual names for what ./dev does.
.PHONY: menu setup run test check fix pins
menu:
	@echo "make run     serve the chat on http://127.0.0.1:8000"
	@echo "make test    run every test"
	@echo "make check   lint and format check;  make fix  mends what can be mended"
	@echo "make setup   install only"
	@echo "make pins    compile the requirement lists anew from pyproject.toml (needs uv)"
setup:
	@./dev flask --version
run test check:
	@./dev $@
fix:
	@./dev check --fix
PINS = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-build --no-annotate --no-header
pins:
	$(PINS) --group runtime --output-file requirements.txt
	$(PINS) --group dev --constraint requirements.txt --output-file requirements-dev.txt
