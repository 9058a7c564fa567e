"""Answers request files of `wording batch export` with Ray Data and vLLM, on as many GPUs as the cluster has.

    pip install "ray[data,llm]"
    python ray_batch.py batch/ results/ --model Qwen/Qwen2.5-7B-Instruct --replicas 8

Then `wording batch import results/*.json*`. What the requests ask for (temperature, max_tokens, seed) is handed on.
"""
import argparse
import glob
import json

PASSED_ON = ["temperature", "top_p", "max_tokens", "seed", "stop", "presence_penalty", "frequency_penalty"]


def request_of(line):
    """A line of a request file as the processor wants it."""
    request = json.loads(line["text"])
    body = request["body"]
    if "messages" not in body:
        raise ValueError(f"{request['custom_id']}: only chat requests are answered here")
    params = {name: body[name] for name in PASSED_ON if body.get(name) is not None}
    if body.get("max_completion_tokens") is not None:
        params["max_tokens"] = body["max_completion_tokens"]
    return {
        "custom_id": request["custom_id"],
        "model": body["model"],
        "messages": body["messages"],
        "sampling_params": params,
    }


def result_of(row):
    """What came of a request, as a result line."""
    prompt, answer = int(row["num_input_tokens"]), int(row["num_generated_tokens"])
    limit = row["sampling_params"].get("max_tokens")
    body = {
        "object": "chat.completion",
        "model": row["model"],
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": row["generated_text"]},
                "finish_reason": "length" if limit is not None and answer >= limit else "stop",
            }
        ],
        "usage": {"prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer},
    }
    return {"custom_id": row["custom_id"], "response": {"status_code": 200, "body": body}, "error": None}


def main():
    import ray
    from ray.data.llm import vLLMEngineProcessorConfig

    try:
        from ray.data.llm import build_processor
    except ImportError:  # before Ray 2.51
        from ray.data.llm import build_llm_processor as build_processor

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("requests")
    parser.add_argument("results")
    parser.add_argument("--model", required=True)
    parser.add_argument("--replicas", type=int, default=1)
    parser.add_argument("--max-model-len", type=int, default=8192)
    args = parser.parse_args()
    config = vLLMEngineProcessorConfig(
        model_source=args.model,
        engine_kwargs={"max_model_len": args.max_model_len, "enable_prefix_caching": True},
        concurrency=args.replicas,
        batch_size=64,
    )
    answer = build_processor(config, preprocess=request_of, postprocess=result_of)
    files = sorted(glob.glob(f"{args.requests}/*.jsonl"))
    answer(ray.data.read_text(files)).write_json(args.results)


if __name__ == "__main__":
    main()
