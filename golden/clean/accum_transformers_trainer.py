import torch
from torch import nn
from torch.utils.data import Dataset

try:
    from transformers import Trainer, TrainingArguments
except ImportError:
    Trainer = None


class Rows(Dataset):
    def __init__(self, n=64):
        g = torch.Generator().manual_seed(0)
        self.y = torch.randint(0, 2, (n,), generator=g)
        self.x = torch.randn(n, 4, generator=g) + 2 * self.y[:, None]

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return {"x": self.x[i], "labels": self.y[i]}


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 2)

    def forward(self, x, labels=None):
        logits = self.fc(x)
        loss = nn.functional.cross_entropy(logits, labels) if labels is not None else None
        return {"loss": loss, "logits": logits}


def main():
    if Trainer is None:
        print("transformers is not installed: nothing to do")
        return
    arguments = TrainingArguments(
        output_dir="out",
        num_train_epochs=1,
        per_device_train_batch_size=4,
        gradient_accumulation_steps=4,
        report_to=[],
    )
    Trainer(model=Net(), args=arguments, train_dataset=Rows()).train()


if __name__ == "__main__":
    main()
