"""The application: its routes, and nothing but them."""

import json
from contextlib import asynccontextmanager
from importlib.resources import files

from fastapi import FastAPI, Request, Response
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException

from churn_mlops.serving import service as answers
from churn_mlops.serving.asked import BadRequest, Problem
from churn_mlops.serving.customers import Customers, as_csv, describe_customer
from churn_mlops.serving.http.door import BODY
from churn_mlops.serving.http.errors import EXPECTED, MISTAKE, Refusal, error_body, refusal_of
from churn_mlops.serving.http.limits import Limits
from churn_mlops.serving.http.metrics import Metrics
from churn_mlops.serving.http.openapi import describe_api
from churn_mlops.serving.http.threads import Threads, as_json
from churn_mlops.serving.log.activity import describe_activity
from churn_mlops.serving.service import Service

JSON = "application/json"
PAGE = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
PAGE += "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
STATIC = {"page.css": "text/css", "agent.js": "text/javascript", "team.js": "text/javascript"}


def make_app(service: Service, metrics: Metrics, limits: Limits, keyed: bool = False) -> FastAPI:
    """The application of a service, which starts and stops with it."""

    @asynccontextmanager
    async def lifespan(_):
        service.start()
        yield
        service.stop()

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan, redirect_slashes=False)
    threads = Threads(limits)
    app.state.service = service
    _answer_errors(app)
    _ask_the_model(app, service, threads)
    _tell_of_itself(app, service, metrics, keyed)
    _show_pages(app, service, threads)
    return app


def quick_answers(service: Service) -> dict:
    """What the door answers itself, by path, where POST asks it: the way to a route takes as long as the model."""

    def predict(scope) -> bytes:
        reasons = is_true(scope["query_string"], "reasons")
        return json.dumps(answers.answer_one(service, scope[BODY], "/predict", reasons), allow_nan=False).encode()

    return {"/predict": predict}


def _ask_the_model(app: FastAPI, service: Service, threads: Threads) -> None:
    for path, answer in quick_answers(service).items():

        async def predict(request: Request, answer=answer):
            return Response(answer(request.scope), media_type=JSON)

        app.add_route(path, predict, methods=["POST"])  # of which it knows, so that another method gets 405

    @app.post("/explain")
    async def explain(request: Request):
        body = request.scope[BODY]
        return await threads.run(lambda: answers.answer_one(service, body, "/explain", more=True))

    @app.post("/predict/batch")
    async def predict_batch(request: Request):
        body = request.scope[BODY]
        return await threads.run(lambda: answers.answer_batch(service, body, "/predict/batch"))


def _tell_of_itself(app: FastAPI, service: Service, metrics: Metrics, keyed: bool) -> None:
    @app.get("/health")
    async def health():
        return as_json({"alive": True})

    @app.get("/ready")
    async def ready():
        is_ready, told = answers.describe_ready(service)
        headers = {} if is_ready else {"Retry-After": "5"}
        return as_json(told, 200 if is_ready else 503, headers)

    @app.get("/model")
    async def model():
        return as_json(answers.describe_model(service.champion()))

    @app.get("/metrics")
    async def figures():
        return Response(metrics.text(service), media_type="text/plain; version=0.0.4; charset=utf-8")

    @app.get("/openapi.json")
    async def openapi():
        return as_json(describe_api(service.champion(), keyed))


def _show_pages(app: FastAPI, service: Service, threads: Threads) -> None:
    customers = Customers(service.runs)

    @app.get("/")
    async def agent():
        return _file("agent.html", "text/html", {"Content-Security-Policy": PAGE})

    @app.get("/team")
    async def team():
        return _file("team.html", "text/html", {"Content-Security-Policy": PAGE})

    @app.get("/static/{name}")
    async def static(name: str):
        if name not in STATIC:
            raise HTTPException(404)
        return _file(name, STATIC[name], {})

    @app.get("/fields")
    async def fields():
        return as_json(describe_fields(service.champion()))

    @app.get("/customers/{customer}")
    async def customer(customer: str):
        return await threads.run(lambda: describe_customer(customers, service.champion(), customer))

    @app.get("/customers")
    async def top():
        return await threads.run(lambda: customers.top(service.champion()))

    @app.get("/customers.csv")
    async def download():
        text = await threads.do(lambda: as_csv(customers.top(service.champion())))
        named = {"Content-Disposition": 'attachment; filename="top_100_at_risk.csv"'}
        return Response(text, media_type="text/csv; charset=utf-8", headers=named)

    @app.get("/activity")
    async def activity():
        return await threads.run(lambda: describe_activity(service.runs, service.champion().dataset))


def describe_fields(loaded) -> dict:
    """What the form asks: fields, units, choices, bounds, and the stored example to begin with."""
    reader = loaded.answering.reader
    fields = [
        {
            "name": of.name,
            "label": of.label,
            "kind": of.kind,
            "unit": of.unit,
            "levels": of.levels,
            "low": None if of.low > of.high else of.low,
            "high": None if of.low > of.high else of.high,
            "since": of.since,
        }
        for of in reader.fields
    ]
    return {"id": reader.id, "fields": fields, "example": loaded.example["request"], "dataset": loaded.dataset}


def is_true(query: bytes, name: str) -> bool:
    """A truth of the query; raises BadRequest for what is none."""
    if not query:
        return False
    given = QueryParams(query).get(name, "false")
    if given not in ("true", "false"):
        raise BadRequest([Problem(name, "true or false", given[:80])])
    return given == "true"


def _file(name: str, kind: str, headers: dict) -> Response:
    content = files("churn_mlops.serving.http").joinpath("pages", name).read_bytes()
    return Response(content, media_type=f"{kind}; charset=utf-8", headers=headers)


def _answer_errors(app: FastAPI) -> None:
    def answer(status: int, body: bytes, headers=None) -> Response:
        return Response(body, status, headers, media_type=JSON)

    async def refuse(_, error):
        refusal = error if isinstance(error, Refusal) else refusal_of(error)
        headers = {name.decode(): value.decode() for name, value in refusal.headers}
        return answer(refusal.status, refusal.body(), headers)

    for kind in (Refusal, *EXPECTED):
        app.add_exception_handler(kind, refuse)

    @app.exception_handler(HTTPException)
    async def no_route(_, error):
        return answer(error.status_code, error_body(error.status_code, error.detail), error.headers)

    @app.exception_handler(Exception)
    async def mistake(_, error):
        return answer(500, error_body(500, MISTAKE))
