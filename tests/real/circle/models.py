#!/usr/bin/env python3
"""Model files between llama.cpp and transformers, for circle.sh. Needs torch, transformers, peft and gguf.

    models.py unpack FILE.gguf FOLDER              a folder of transformers with the weights of the file
    models.py merge BASE ADAPTER FOLDER            the base with the adapter's weights added
    models.py pack FOLDER REFERENCE.gguf FILE.gguf a file of llama.cpp (Q8_0), metadata and tokenizer from the reference

transformers 5.24.0 loads GGUF files but refuses to save what it loaded, so `unpack` puts the weights into a plain model.
"""

import pathlib
import sys


def unpack(file, folder):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig
    file = pathlib.Path(file)
    loaded = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32)
    config = loaded.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    plain = type(loaded)(config).to(torch.float32)
    plain.load_state_dict(loaded.state_dict())
    plain.tie_weights()
    plain.generation_config = GenerationConfig(bos_token_id=config.bos_token_id, eos_token_id=config.eos_token_id,
                                               pad_token_id=config.pad_token_id)
    plain.save_pretrained(folder)
    AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name).save_pretrained(folder)


def merge(base, adapter, folder):
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    PeftModel.from_pretrained(model, adapter).merge_and_unload().save_pretrained(folder)
    AutoTokenizer.from_pretrained(base).save_pretrained(folder)


NAMES = {"attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
         "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
         "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm"}


def source(name):
    """The name in a Llama of transformers of a tensor of llama.cpp."""
    if name.startswith("blk."):
        _, layer, part, _ = name.split(".")
        return f"model.layers.{layer}.{NAMES[part]}.weight"
    return {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight", "output.weight": "lm_head.weight"}[name]


def pack(folder, reference, out):
    import gguf
    from safetensors import safe_open
    reader = gguf.GGUFReader(reference)
    fields = reader.fields
    architecture = fields["general.architecture"].contents()
    heads = {"attn_q": fields[f"{architecture}.attention.head_count"].contents(),
             "attn_k": fields[f"{architecture}.attention.head_count_kv"].contents()}
    writer = gguf.GGUFWriter(out, architecture)
    for name, field in fields.items():
        if name.startswith("GGUF.") or name == "general.architecture":
            continue
        kind, *of = field.types
        value = int(gguf.LlamaFileType.MOSTLY_Q8_0) if name == "general.file_type" else field.contents()
        writer.add_key_value(name, value, kind, of[-1] if of else None)
    with safe_open(pathlib.Path(folder) / "model.safetensors", "np") as tensors:
        for tensor in reader.tensors:
            weights = tensors.get_tensor(source(tensor.name)).astype("float32")
            for part, n in heads.items():
                if f".{part}." in tensor.name:  # llama.cpp pairs neighbours in rotary embeddings, transformers pairs halves
                    weights = weights.reshape(n, 2, weights.shape[0] // n // 2, -1).swapaxes(1, 2).reshape(weights.shape)
            kind = gguf.GGMLQuantizationType.F32 if weights.ndim == 1 else gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(tensor.name, gguf.quants.quantize(weights, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    {"unpack": unpack, "merge": merge, "pack": pack}[sys.argv[1]](*sys.argv[2:])
