# The workflow with all that it needs, for containers, Apptainer and the pods of profiles/kubernetes: docs/cluster.md.
#   docker build -t matchreel .
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD":/data matchreel snakemake --snakefile /opt/matchreel/Snakefile --cores 8 results/highlights/<game>
# A whole tag, as no registry could be asked for the digest of this image. To pin it: docker pull this tag, take the
# digest that it prints, and write FROM python:3.11.13-slim-bookworm@sha256:...
FROM python:3.11.13-slim-bookworm

# make drives the set-up, as it does outside; git names the sources that Snakemake sends to pods.
RUN apt-get update && apt-get install -y --no-install-recommends git make && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/matchreel
# The locks before the code: an edit of the code keeps the layer of packages.
COPY Makefile ./
COPY envs envs
# PYTHONSAFEPATH: no file of the working folder, which is the user's later on, is taken for a module.
ENV PIP_NO_CACHE_DIR=1 PYTHONSAFEPATH=1
RUN make setup && .venv/bin/python -m pip install --no-deps --require-hashes -r envs/lock-kubernetes.txt

# Each pod runs `pip install snakemake-storage-plugin-s3` first. It is here already, so pip finds its wheel here
# and looks nowhere else: no pod needs a package index or gets another version.
RUN .venv/bin/python -m pip download --no-deps --dest wheels "$(grep -o '^snakemake-storage-plugin-s3==[^ ]*' envs/lock-kubernetes.txt)"
ENV PIP_NO_INDEX=1 PIP_NO_DEPS=1 PIP_FIND_LINKS=/opt/matchreel/wheels

COPY . .

# Any user may run it, also one without a home folder.
ENV PATH=/opt/matchreel/.venv/bin:$PATH XDG_CACHE_HOME=/tmp/cache MPLCONFIGDIR=/tmp/cache/matplotlib
# Not root: what a recording could make a decoder do ends at this user's rights. --user makes results your own.
WORKDIR /data
RUN chown 1000:1000 /data
USER 1000:1000
CMD ["snakemake", "--version"]
