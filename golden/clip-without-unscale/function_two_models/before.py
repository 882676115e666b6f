"""Encoder and decoder with an optimizer each, one scaler for both."""
import torch
from torch import nn


def train(encoder, decoder, enc_opt, dec_opt, scaler, data, args):
    for step, x in enumerate(data.split(args["batch"])):
        enc_opt.zero_grad()
        dec_opt.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = (decoder(encoder(x)).float() - x).pow(2).mean()
        scaler.scale(loss).backward()
        if args["clip"]:
            nn.utils.clip_grad_norm_([*encoder.parameters(), *decoder.parameters()], args["clip"])
        scaler.step(enc_opt)
        scaler.step(dec_opt)
        scaler.update()
        if step % 4 == 0:
            print(step, loss.item())


def main():
    torch.manual_seed(1)
    encoder, decoder = nn.Linear(9, 3), nn.Linear(3, 9)
    enc_opt = torch.optim.Adam(encoder.parameters(), lr=0.01)
    dec_opt = torch.optim.Adam(decoder.parameters(), lr=0.02)
    scaler = torch.amp.GradScaler("cpu", init_scale=512.0)
    train(encoder, decoder, enc_opt, dec_opt, scaler, torch.randn(96, 9), {"batch": 8, "clip": 0.5})


if __name__ == "__main__":
    main()
