# The workflow with all that it needs, for containers, Apptainer and the pods of profiles/kubernetes: docs/cluster.md.
#   docker build -t matchreel .
#   docker run --rm -v "$PWD":/data matchreel snakemake --snakefile /opt/matchreel/Snakefile --cores 8 results/highlights/<game>
FROM python:3.11-slim-bookworm

# make drives the set-up, as it does outside; git names the sources that Snakemake sends to pods.
RUN apt-get update && apt-get install -y --no-install-recommends git make && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/matchreel
# The locks before the code: an edit of the code keeps the layer of packages.
COPY Makefile ./
COPY envs envs
# PYTHONSAFEPATH: no file of the working folder, which is the user's later on, is taken for a module.
ENV PIP_NO_CACHE_DIR=1 PYTHONSAFEPATH=1
RUN make setup && .venv/bin/python -m pip install --no-deps -r envs/lock-kubernetes.txt

# Each pod runs `pip install snakemake-storage-plugin-s3` first. It is here already, so pip finds its wheel here
# and looks nowhere else: no pod needs a package index or gets another version.
RUN .venv/bin/python -m pip download --no-deps --dest wheels "$(grep '^snakemake-storage-plugin-s3==' envs/lock-kubernetes.txt)"
ENV PIP_NO_INDEX=1 PIP_NO_DEPS=1 PIP_FIND_LINKS=/opt/matchreel/wheels

COPY . .

# Any user may run it, also one without a home folder.
ENV PATH=/opt/matchreel/.venv/bin:$PATH XDG_CACHE_HOME=/tmp/cache MPLCONFIGDIR=/tmp/cache/matplotlib
WORKDIR /data
CMD ["snakemake", "--version"]
