"""The model computes its own (mean) loss and returns it beside the logits."""
from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class Output:
    loss: torch.Tensor
    logits: torch.Tensor


class TextModel(nn.Module):
    def __init__(self, vocab=60, dim=24, classes=4):
        super().__init__()
        self.embed = nn.EmbeddingBag(vocab, dim)
        self.proj = nn.Linear(dim, classes)

    def forward(self, input_ids, labels):
        logits = self.proj(torch.relu(self.embed(input_ids)))
        return Output(loss=F.cross_entropy(logits, labels), logits=logits)


def main(gradient_accumulation_steps=4, num_epochs=4):
    torch.manual_seed(0)
    labels = torch.randint(0, 4, (320,))
    input_ids = torch.randint(0, 60, (320, 10))
    input_ids[:, :3] = 15 * labels[:, None] + torch.randint(0, 15, (320, 3))
    train_dataloader = DataLoader(TensorDataset(input_ids, labels), batch_size=8, shuffle=True)

    model = TextModel()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-2)
    num_updates = num_epochs * len(train_dataloader) // gradient_accumulation_steps
    scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.1, total_iters=num_updates)

    for epoch in range(num_epochs):
        model.train()
        tr_loss = 0.0
        for step, (ids, lab) in enumerate(train_dataloader):
            outputs = model(ids, labels=lab)
            loss = outputs.loss
            (loss / gradient_accumulation_steps).backward()
            tr_loss += loss.item()
            if (step + 1) % gradient_accumulation_steps == 0:
                torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
                scheduler.step()
                optimizer.zero_grad()
        print(f"epoch {epoch}: {tr_loss / len(train_dataloader):.4f}")


if __name__ == "__main__":
    main()
